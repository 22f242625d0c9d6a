"""What the two fine-tuning commands are made of. Needs guardset[finetune]: torch, transformers, and for language models trl and peft.

`spans` alone needs none of them.
"""
